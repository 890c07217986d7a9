"""Facts about companies, each with its evidence: the waterfall of stages, jobs, and what of it is written to leads."""
