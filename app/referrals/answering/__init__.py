"""The specialist's side: answer, decline, hold, hand over, bring in, close with advice."""
