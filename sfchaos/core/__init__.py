"""Values everybody shares: messages, clock, chance, journal, history, judgement. Standard library only."""
