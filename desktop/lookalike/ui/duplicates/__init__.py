"""The page of same pictures: groups, what each photo is beside the best, and what goes."""
