"""rules new: a complete rule to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.shared.arguments import nearest_hint
from bridge.cli.shared.command import command, option
from bridge.cli.shared.language import current_language, failure, misuse, say
from bridge.cli.shared.printing import clean
from bridge.configuration.starts import list_starts, propose_write_back, write_start
from bridge.platforms import find_platform, list_platforms
from bridge.settings import BY_NAME


@command(
    "new",
    (
        "In một quy tắc viết sẵn, có chú thích, mà check nhận; sửa lại rồi apply.",
        "Print a complete rule with comments, which check accepts; change it, then apply.",
    ),
)
@option(
    "--from",
    "name",
    type=click.Choice(list_starts()),
    required=True,
    help=("Bắt đầu từ quy tắc nào.", "Which rule to begin with."),
)
@option(
    "--platform",
    metavar="NAME",
    help=(
        "Thêm phần ghi kết quả về cửa hàng của nền tảng này.",
        "Also write the results back to a shop of this platform.",
    ),
)
@option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=("Ghi vào tệp này; tệp đã có thì giữ nguyên.", "Write it to this file, which must not exist yet."),
)
def new_command(name: str, platform: str | None, output: Path | None) -> None:
    text = write_start(
        name, current_language(), f"http://127.0.0.1:{BY_NAME['PORT'].read()}/schemas/config.schema.json"
    )
    found = find_platform(platform) if platform else None
    if platform and found is None:
        shown, hint = clean(platform), nearest_hint(platform, [known.name for known in list_platforms()])
        raise misuse(f"không có nền tảng nào tên là {shown}; {hint}", f"no platform is called {shown}; {hint}")
    if found is not None:
        text = propose_write_back(text, found, current_language())
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise failure(
            f"{output} đã có: chưa ghi gì; hãy chọn tên khác",
            f"{output} exists: nothing was written; take another name",
        ) from None
    except OSError as error:
        why = error.strerror
        raise failure(f"không ghi được {output}: {why}", f"{output} cannot be written: {why}") from None
    following = f"python -m bridge check {output}"
    say(f"đã ghi {output}; tiếp theo: {following}", f"wrote {output}; next: {following}")
