"""The ways of textbooks: treated and post, two-way fixed effects, offers that some take up."""
