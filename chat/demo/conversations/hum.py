from __future__ import annotations

from chat.demo.script import Scene, ago, answer, on, say

SCENES = (
    Scene(
        on(6, "11:00"),
        (
            say("tomasz", "Inventory of everything that hums. I begin: two racks, one UPS, the fridge."),
            say("chidi", "The fridge is not infrastructure.", after=1),
            say("tomasz", "Try a day without it.", after=0),
            say(
                "tomasz",
                """
                ```yaml
                racks:
                  left:  {units: 42, used: 31, hums: yes}
                  right: {units: 42, used: 12, hums: louder}
                ups:
                  minutes: 18
                  tested: 2026-04-02   # by accident
                ```
                """,
                after=20,
            ),
            say(
                "chidi",
                "`kubelet[2211]: E1120 pod_workers.go:1298] Error syncing pod, skipping "
                "podUID=8a1f6f0e-4d0b-4a53-a5c1-6b6b0c1d1f7a "
                "containerName=tide-importer-with-a-name-that-somebody-must-have-been-paid-for-by-the-letter`",
                after=44,
            ),
            say(
                "ana",
                "@helper a script that tells me when the UPS was tested more than 90 days ago?",
                answer(
                    """
                    With nothing but the standard library:

                    ```python
                    from datetime import date, timedelta
                    from pathlib import Path
                    import tomllib

                    def overdue(path: Path, today: date, limit: timedelta = timedelta(days=90)) -> list[str]:
                        \"\"\"Names of what nobody has tested for too long.\"\"\"
                        inventory = tomllib.loads(path.read_text())
                        return [name for name, item in inventory.items() if today - item["tested"] > limit]
                    ```

                    and in the crontab, which stays quiet as long as there is nothing to say:

                    ```bash
                    0 7 * * *  python3 -m overdue inventory.toml | mail -E -s "Something hums untested" tomasz
                    ```
                    """
                ),
                after=7,
            ),
        ),
    ),
    Scene(
        ago(210),
        (
            say("tomasz", "The server that nobody dares to restart has been up for 2,417 days."),
            say("chidi", "We could give it a birthday.", after=3),
            say("tomasz", "We could give it a *successor*.", after=1),
        ),
    ),
)
