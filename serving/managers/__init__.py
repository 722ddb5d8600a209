"""Account managers: their archive, targets, tasks, reminders and performance."""
