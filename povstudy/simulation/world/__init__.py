"""How the simulated world runs: people, incomes, help, the register, the survey."""
