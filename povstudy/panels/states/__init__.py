"""More than poor and not poor: moves among several states, and how mobile households are."""
