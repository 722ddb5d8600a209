"""What a browser is answered: pages, and what they load; a module for each room of pages."""
