"""Behind a proxy that ends TLS on the same host, as docs/operations.md says: `OUTER_PROXY` and `SITE_URL=https://…`."""

from __future__ import annotations

from tests.containers.stack import GATEWAY, Stack
from tests.containers.test_first_start import REFUSED_AFTER, ask_nothing


async def test_a_proxy_that_ends_tls_on_the_host_is_believed_where_it_is_named(stack: Stack) -> None:
    stack.up(f"OUTER_PROXY={GATEWAY} SITE_URL=https://chat.example.org docker compose up --detach")
    https = {"Host": "chat.example.org", "X-Forwarded-Proto": "https"}
    async with stack.client() as proxy:
        page = await proxy.get("/accounts/login/", headers={**https, "X-Forwarded-For": "192.0.2.1"})
        assert page.status_code == 200
        assert "secure" in page.headers["set-cookie"].lower()
        plainly = await proxy.get(
            "/accounts/login/", headers={"Host": "chat.example.org", "X-Forwarded-For": "192.0.2.2"}
        )
        assert plainly.headers["location"] == "https://chat.example.org/accounts/login/"

        of_one = {**https, "X-Forwarded-For": "198.51.100.1, 192.0.2.7"}  # the last is what the proxy saw
        answers = [await ask_nothing(proxy, 0, **of_one) for _ in range(REFUSED_AFTER + 100)]
        assert set(answers) == {404, 429}
        assert await ask_nothing(proxy, 0, **{**https, "X-Forwarded-For": "198.51.100.1, 192.0.2.8"}) == 404
        assert await ask_nothing(proxy, 0, **{**https, "X-Forwarded-For": "192.0.2.7, 192.0.2.9"}) == 404
