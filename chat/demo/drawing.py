"""Files that the people of the demo send each other: drawn and written here, so that none has to be carried along."""

from __future__ import annotations

import math
from collections.abc import Callable
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FINE = 2  # drawn so many times larger, for smooth edges
INK, PENCIL, FOG, GREEN, RED = "#23302c", "#7c8783", "#e8ece9", "#1d7a63", "#b3402f"
Drawn = tuple[Image.Image, ImageDraw.ImageDraw]


def file(name: str) -> SimpleUploadedFile:
    """:raises KeyError: nobody has drawn that."""
    return SimpleUploadedFile(name, FILES[name]())


def regatta() -> bytes:
    """The harbour at six: a low sun, and three boats that wait for wind."""
    image = _sky((1600, 1000), 0.62)
    pen = ImageDraw.Draw(image, "RGBA")
    pen.ellipse((1130, 470, 1270, 610), fill="#fff3d2")
    pen.rectangle((0, 620, 1600, 1000), fill="#4d7488")
    for row in range(60):
        y = 624 + row * row // 9
        shine = int(90 - row * 1.2)
        pen.line(
            (1200 - 60 - row * 3, y, 1200 + 60 + row * 3, y), fill=(255, 214, 160, max(0, shine)), width=2 + row // 12
        )
    for x, size in ((260, 1.0), (620, 0.7), (900, 0.5)):
        _boat(pen, x, 640 + int(120 * size), size)
    return _jpeg(image.filter(ImageFilter.GaussianBlur(0.8)))


def booking_on_a_phone() -> bytes:
    image, pen = _sheet(390, 720)
    _text(pen, (24, 28), "Book a berth", 26, INK)
    _map(pen, (24, 76, 366, 300))
    for row, (name, price) in enumerate(
        (("East quay 12", "38 EUR"), ("East quay 14", "38 EUR"), ("Old wall 3", "44 EUR"))
    ):
        top = 324 + row * 84
        _box(pen, (24, top, 366, top + 68), GREEN if row == 0 else FOG)
        _text(pen, (42, top + 22), name, 20, INK)
        _text(pen, (276, top + 22), price, 20, GREEN)
    _button(pen, (24, 600, 366, 652), "Nog een ligplaats")
    return _png(image)


def booking_on_a_desk() -> bytes:
    image, pen = _sheet(1280, 720)
    _text(pen, (48, 36), "Book a berth", 30, INK)
    _map(pen, (48, 100, 800, 660))
    for row, name in enumerate(("East quay 12", "East quay 14", "Old wall 3", "Old wall 5")):
        top = 100 + row * 96
        _box(pen, (840, top, 1232, top + 76), GREEN if row == 0 else FOG)
        _text(pen, (864, top + 24), name, 22, INK)
        _text(pen, (1130, top + 24), "38 EUR", 22, GREEN)
    _button(pen, (840, 600, 1232, 660), "Nog een ligplaats")
    return _png(image)


def importer() -> bytes:
    """The 95th percentile of the importer, that night."""
    image, pen = _sheet(1200, 520)
    _text(pen, (40, 28), "importer p95, s", 24, INK)
    for step in range(6):
        y = 440 - step * 70
        pen.line(_fine((80, y, 1160, y)), fill=FOG, width=FINE)
        _text(pen, (40, y - 12), str(step), 18, PENCIL)
    pen.line(_fine((80, 370, 1160, 370)), fill=RED, width=2 * FINE)
    points = [(80 + x * 9, 440 - 70 * _seconds(x)) for x in range(121)]
    pen.line([(x * FINE, y * FINE) for x, y in points], fill=GREEN, width=4 * FINE, joint="curve")
    for x, hour in ((80, "03:00"), (440, "03:15"), (800, "03:30"), (1090, "03:45")):
        _text(pen, (x, 456), hour, 18, PENCIL)
    return _png(image)


def quay() -> bytes:
    """The eastern quay, with the old wall on its left and 32 berths."""
    image, pen = _sheet(900, 1200)
    _box(pen, (60, 60, 120, 1140), INK)
    _box(pen, (160, 60, 420, 1140), PENCIL)
    for berth in range(16):
        top = 80 + berth * 66
        for left in (440, 660):
            _box(pen, (left, top, left + 200, top + 50), FOG if (berth + left) % 5 else GREEN)
            _text(pen, (left + 12, top + 14), str(berth * 2 + (left > 500) + 1), 20, PENCIL)
    return _png(image)


def gauge_log() -> bytes:
    lines = [f"2026-03-04T03:{12 + at // 6:02}:{at % 6 * 10:02}Z outer-mole level=NaN unit=m" for at in range(60)]
    return "\n".join(["# gauges.harbour.example", *lines, ""]).encode()


def migrations() -> bytes:
    rows = [f"{number:04},{name},{rows},{seconds}" for number, (name, rows, seconds) in enumerate(MIGRATIONS, 112)]
    return "\n".join(["number,name,rows,seconds", *rows, ""]).encode()


def layers() -> bytes:
    """The beginning of a drawing, as programs exchange them."""
    walls = "\n".join(f"0\nLINE\n8\nwalls\n10\n{x}\n20\n0\n11\n{x}\n21\n118" for x in (0, 6, 22))
    return f"0\nSECTION\n2\nENTITIES\n{walls}\n0\nENDSEC\n0\nEOF\n".encode()


MIGRATIONS = (
    ("add column booking.until", 41_204_118, "0.1"),
    ("fill booking.until", 41_204_118, "2140"),
    ("index booking.until", 41_204_118, "310"),
    ("not null booking.until", 41_204_118, "38"),
)
FILES: dict[str, Callable[[], bytes]] = {
    "harbour-at-six.jpg": regatta,
    "booking-phone.png": booking_on_a_phone,
    "booking-desk.png": booking_on_a_desk,
    "importer-p95.png": importer,
    "outer-mole.log": gauge_log,
    "migrations-2.4.csv": migrations,
    "quay-east-v3.png": quay,
    "plan-v3.dxf": layers,
}


def _seconds(x: int) -> float:
    """Quiet, then what a gauge without a value does, then quiet again."""
    return 0.4 + 0.1 * math.sin(x / 3) + 4.2 * math.exp(-(((x - 62) / 22) ** 4))


def _sky(size: tuple[int, int], horizon: float) -> Image.Image:
    image = Image.new("RGB", size)
    pen = ImageDraw.Draw(image, "RGBA")
    for y in range(int(size[1] * horizon)):
        share = y / (size[1] * horizon)
        pen.line((0, y, size[0], y), fill=(int(96 + 150 * share), int(132 + 66 * share), int(168 - 18 * share)))
    return image


def _boat(pen: ImageDraw.ImageDraw, x: int, y: int, size: float) -> None:
    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + left * size, y + top * size) for left, top in points]

    pen.polygon(at((-110, 0), (120, 0), (80, 34), (-80, 34)), fill="#26333b")
    pen.polygon(at((6, -12), (6, -300), (96, -12)), fill="#f2e8d8")
    pen.polygon(at((-4, -12), (-4, -260), (-84, -12)), fill="#dccfba")
    pen.polygon(at((-90, 40), (100, 40), (20, 130)), fill="#41636f")


def _sheet(width: int, height: int) -> Drawn:
    image = Image.new("RGB", (width * FINE, height * FINE), "white")
    return image, ImageDraw.Draw(image)


def _fine(box: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(number * FINE for number in box)


def _box(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: str) -> None:
    pen.rounded_rectangle(_fine(box), radius=8 * FINE, outline=colour, width=2 * FINE)


def _button(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], words: str) -> None:
    pen.rounded_rectangle(_fine(box), radius=10 * FINE, fill=GREEN)
    _text(pen, (box[0] + 24, box[1] + 14), words, 20, "white")


def _map(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    pen.rounded_rectangle(_fine(box), radius=10 * FINE, fill="#d7e6ea")
    pen.polygon(_fine((left, bottom, left, top + 60, left + (right - left) // 3, bottom)), fill="#e9e3d5")
    for berth in range(6):
        x = left + (right - left) // 3 + berth * (right - left) // 10
        pen.line(_fine((x, top + 40, x, bottom - 60)), fill="#8fa7ad", width=3 * FINE)


def _text(pen: ImageDraw.ImageDraw, at: tuple[int, int], words: str, size: int, colour: str) -> None:
    pen.text((at[0] * FINE, at[1] * FINE), words, fill=colour, font=ImageFont.load_default(size * FINE))


def _png(image: Image.Image) -> bytes:
    written = BytesIO()
    image.resize((image.width // FINE, image.height // FINE), Image.Resampling.LANCZOS).quantize(128).save(
        written, "PNG"
    )
    return written.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=82)
    return written.getvalue()
