#!/usr/bin/env python3
"""Prints the options of each listed operation as packages/remote-cli/src/core/aws/operations.ts has them, from the
installed AWS CLI; run it with the CLI's own Python, compare, review. Arguments: `<service> <operation>`, one a line, on
standard input."""
import sys

from awscli.clidriver import create_clidriver

OF_EVERY_COMMAND = {"cli-input-json", "cli-input-yaml", "generate-cli-skeleton", "starting-token", "max-items", "page-size"}


def written(name, argument):
    kind = getattr(argument, "cli_type_name", None)
    if kind == "boolean":
        return f"{name}!"
    many = getattr(argument, "nargs", None) in ("+", "*") or kind == "list"
    return f"{name}*" if many else name


services = create_clidriver()._get_command_table()
for line in sys.stdin:
    service, operation = line.split()
    arguments = services[service]._get_command_table()[operation].arg_table
    rows = [written(name, one) for name, one in sorted(arguments.items()) if name not in OF_EVERY_COMMAND]
    print(f"{service} {operation}: {' '.join(rows)}".strip())
