"""The commands of the owner: each asks the running world if there is one, and else does the work itself."""
