"""Several who judge the same households: latent classes of their answers, and what they judge on."""
