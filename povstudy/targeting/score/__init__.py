"""A score from traits: fitted, judged by places left out, and as a card that is added up by hand."""
