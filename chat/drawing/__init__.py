"""HTML of frames, by their templates: ``templates/chat/frames/``.

What is said all the time is asked of its template once, with marks in the places of its values: finding its way
through the template is most of what a frame costs.
"""

from chat.drawing.growth import grown
from chat.drawing.messages import created
from chat.drawing.templates import html

__all__ = ["created", "grown", "html"]
