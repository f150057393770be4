"""Pages and fragments: parsing, who may, which template and which status. What is done, the services do."""
