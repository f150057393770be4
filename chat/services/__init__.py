"""What people may do: each function is one act, transactional, and refuses by raising."""
