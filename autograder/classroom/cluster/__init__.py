"""Grading on many machines: Dask carries jobs to workers that share no files with the coordinator."""
