import type { Command, GivenOption, OptionSpec } from "./spec.ts";

function renderOption(option: OptionSpec, given: GivenOption): string[] {
  const { name, value } = given;
  if (value === undefined) return [name];
  if (option.emit === "separate" || option.emit === "ordered") {
    return name.startsWith("--") ? [`${name}=${value}`] : [name, value];
  }
  return [name.startsWith("--") ? `${name}=${value}` : `${name}${value}`];
}

function renderOptions(command: Command): string[] {
  return command.spec.options
    .filter(({ emit }) => emit === "inline" || emit === "separate")
    .flatMap((option) =>
      command.options.filter(({ name }) => name === option.names[0]).flatMap((given) => renderOption(option, given)),
    );
}

function renderOrdered(command: Command): string[] {
  return command.options.flatMap((given) => {
    const option = command.spec.options.find(({ names }) => names[0] === given.name);
    return option?.emit === "ordered" ? renderOption(option, given) : [];
  });
}

/** The canonical argv: the row's words, its options in table order, the safety options, then what is not an option. */
export function renderCommand(command: Command): string[] {
  const { spec, positionals, paths, isSeparated } = command;
  const hasDashes = spec.isSeparatorRendered && (paths.length > 0 || isSeparated);
  return [
    ...spec.match,
    ...renderOptions(command),
    ...spec.fixed,
    ...renderOrdered(command),
    ...(spec.eoo ? ["--end-of-options"] : []),
    ...positionals,
    ...(hasDashes ? ["--"] : []),
    ...paths,
  ];
}
