"""Pictures of a model and of its test period, in English and Chinese, with their own font."""
