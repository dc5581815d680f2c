"""What a command line that cannot be read is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.cli.console import fail

if TYPE_CHECKING:
    from typer import Context, TyperException


def refused(error: TyperException) -> int:
    """Say why, and what to type instead; a command without words shows its help."""
    context: Context | None = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return error.exit_code  # its help has been printed
    words = context.command_path if context else "basketweave"
    told = error.format_message().strip().rstrip(".")
    if type(error).__name__ == "NoSuchOption" and context and _takes_ids(context):
        option = getattr(error, "option_name", "-5")
        told += f". What begins with '-' and is an id goes last:  {words} -- {option}"
    return fail(f"{told}. More:  {words} --help", error.exit_code)


def _takes_ids(context: Context) -> bool:
    return any(one.param_type_name == "argument" for one in context.command.params)
