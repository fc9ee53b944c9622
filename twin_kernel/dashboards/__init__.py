"""Pages for people: they call the rooms above, in a person's name, and compute nothing."""
