"""The pages of imports, by step: upload, columns, options, check, run; and the rows of one that has ended."""
