"""How an assistant comes to answer: who is asked, what it is told, and who writes its words."""
