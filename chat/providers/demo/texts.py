"""The demo assistant's words. What they say about this product must be true of it."""

WHO_I_AM = (
    "I am the **demo assistant** that comes with this chat. There is no language model behind me: I know a few answers "
    "by heart and write them at the pace of a real one, so that you can see how it feels."
)

WHAT_TO_TRY = """\
Ask me one of these:

- `count to 20`: see an answer grow, and press *Stop* in the middle of it
- `show me a table`, `a list`, or `some code`: Markdown as it arrives
- `tell me a long story`: a tour of this chat
- `how do I connect a model?`: the way to an assistant that thinks"""

NOT_A_MODEL = "I am the demo assistant, and there is no language model behind me, so I cannot really answer this:"

NOT_OPENED = (
    "That is all I can tell: I am the demo assistant, and there is no language model behind me that could look inside. "
    "An assistant with a model reads files of text, and sees pictures if its model does. "
    "Ask me `how do I connect a model?` for the way there."
)

WHERE_TO_GO = (
    "Once a model is connected, its assistant can. Ask me `how do I connect a model?` for the way there, "
    "or `help` for what I know by heart."
)

CONNECT = """\
To connect a real model, run **one** of these where this chat is installed.

With [Ollama](https://ollama.com) on the same machine:

```sh
.venv/bin/python manage.py addassistant llama --provider openai \\
    --base-url http://127.0.0.1:11434/v1 --model llama3.2
```

With [OpenRouter](https://openrouter.ai), after `OPENROUTER_API_KEY=…` was written into `.env`:

```sh
.venv/bin/python manage.py addassistant claude --provider openai \\
    --base-url https://openrouter.ai/api/v1 --key-env OPENROUTER_API_KEY \\
    --model anthropic/claude-sonnet-4.5
```

Or set `OPENAI_API_KEY`, `OPENROUTER_API_KEY`, `DIFY_API_KEY` or `OLLAMA_URL` in `.env`, and `manage.py setup` makes \
an assistant for each. Where this chat runs in containers, begin with `docker compose exec web python manage.py` \
instead; the machine around them is `172.31.240.1` there. `manage.py checkassistants` tells whether they answer. \
Then write `@llama hello` in a room it is a member of."""

TABLE = """\
Here is a table: who gets an answer, and when.

| You write | in | and |
|:--|:--|:--|
| `@demo hello` | any room I am in | I answer |
| `hello` | our direct room | I answer |
| `hello` | a room with an answering assistant | that one answers |
| `hello` | any other room | only people read it |"""

LIST = """\
Here is a list of what you can do with a message:

1. **Write it** in Markdown: `**bold**`, `- a list`, code between backticks.
2. **Mention** somebody: `@ana` for a person, `@demo` for me.
3. **Edit** your own: it is then marked as edited.
4. **Delete** your own: everybody sees at once that it is gone.
5. **Stop** an answer while it is being written; what is there stays.
6. **Retry** an answer that failed or was stopped."""

CODE = """\
Here is some code: it counts, as I do.

```python
def count_to(number: int) -> str:
    \"\"\"The numbers from one on, with spaces between them.\"\"\"
    return " ".join(str(n) for n in range(1, number + 1))


print(count_to(10))
```

And this, in a terminal, makes an assistant that writes real code:

```sh
.venv/bin/python manage.py addassistant coder --provider openai \\
    --base-url http://127.0.0.1:11434/v1 --model qwen2.5-coder
```"""

TOUR = """\
You asked for something long. I have no stories of my own, being a demo without a model, so here is the story of a \
message in this chat.

## It is written

Somebody types into a room. Before the text leaves the page it is put into an *outbox* and gets a number of its own. \
If the line is down the message waits there, over a reload too, and is sent when the line is back. If it is sent \
twice by mistake, the number gives it away: it appears once.

## It is kept

The server turns the Markdown into HTML once, cleans it, and writes both into the database. Only then does it tell \
anybody. So whatever you have seen is stored, and a server that is switched off in the middle loses nothing.

## It is shown

Everybody who looks at the room gets the message at once. Whoever was away asks for all that has changed since, and \
gets exactly that: new messages, edited ones, and a small mark where one was deleted.

## Somebody answers

If the message mentions an assistant, a second message appears below it, empty and *queued*. One of the server's \
processes takes it and asks the model:

1. The recent history of the room goes along, each person by name.
2. The model answers in small pieces, about a word each.
3. The pieces reach every open page a few times a second.
4. Once a second the text so far is saved, so that those who come later see it all.

| What you see | What it means |
|:--|:--|
| queued | nobody has taken it yet |
| thinking | the model was asked, and has said nothing yet |
| writing | the text is growing |
| stopped | somebody pressed *Stop*; the text so far stays |
| failed | something went wrong; *Retry* asks again |

## Things go wrong

Models are slow, busy, or out of credit. The chat tries again when that makes sense, waits as long as the model's \
server wants, and says in plain words what happened when it gives up. If the process that writes an answer dies, \
another takes over after some seconds.

## And then

You can edit and delete what you wrote, mention people with `@name`, and go on talking while an assistant writes. \
Closing the page stops nothing: the answer will be there when you come back.

That was the tour. To hear from an assistant that can tell you a real story, ask me `how do I connect a model?`"""
