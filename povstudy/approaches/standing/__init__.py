"""Does an effect stand: trends before help, who was lost, and the verdict."""
