import { type Command, useCommands } from "../../commands/commands.ts";
import { showKey } from "../../commands/keys.ts";
import "./keys.css";

/** The keyboard map, made from the commands themselves. */
export function KeysPanel() {
  const commands = useCommands((state) => state.commands);
  const groups = new Map<string, Command[]>();
  for (const command of commands.values())
    if (command.keys?.length) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return (
    <div className="panel">
      <div className="body keys">
        {[...groups].map(([group, members]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {members.map((command) => (
                <div key={command.id}>
                  <dt>
                    {command.keys?.map((key) => (
                      <kbd key={key}>{showKey(key)}</kbd>
                    ))}
                  </dt>
                  <dd>{command.title}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </div>
  );
}
