"""The site's assistants as models, to any client that speaks OpenAI's chat completions."""
