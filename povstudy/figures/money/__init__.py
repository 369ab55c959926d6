"""What a budget buys: costs beside effects, what is best at which price, what knowing is worth."""
