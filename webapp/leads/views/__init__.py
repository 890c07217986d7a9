"""The pages of leads, by noun: lists, one lead, many at once, centers."""
