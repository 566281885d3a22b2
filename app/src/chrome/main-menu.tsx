import { Cpu, Ellipsis, ListTree, MonitorCog, Share2, Users } from "lucide-react";
import type { ReactNode } from "react";
import { commands } from "../commands/commands.ts";
import { keyLabel, onMac } from "../commands/keys.ts";
import { Menu, type MenuItem } from "../shared/menu.tsx";
import { useApp } from "../state/app.ts";
import type { Panel } from "../state/view-slice.ts";
import { type Theme, themes } from "../state/theme.ts";

const panels: readonly { readonly panel: Panel; readonly label: string; readonly icon: ReactNode }[] = [
  { panel: "contents", label: "Contents", icon: <ListTree size={17} /> },
  { panel: "kernel", label: "Kernels", icon: <Cpu size={17} /> },
  { panel: "device", label: "Device", icon: <MonitorCog size={17} /> },
  { panel: "room", label: "Room", icon: <Users size={17} /> },
];

export function PanelButtons(): ReactNode {
  const open = useApp((state) => state.panel);
  const openPanel = useApp((state) => state.openPanel);
  const openDialog = useApp((state) => state.openDialog);
  return (
    <div className="panel-buttons">
      {panels.map(({ panel, label, icon }) => (
        <button
          key={panel}
          type="button"
          className="tool"
          aria-label={label}
          aria-pressed={open === panel}
          title={label}
          onClick={() => openPanel(open === panel ? undefined : panel)}
        >
          {icon}
        </button>
      ))}
      <button
        type="button"
        className="tool"
        aria-label="Share"
        title="Share a link"
        onClick={() => openDialog("share")}
      >
        <Share2 size={16} />
      </button>
    </div>
  );
}

const themeNames: Readonly<Record<Theme, string>> = {
  system: "Light or dark, as the system",
  light: "Light",
  dark: "Dark",
  projector: "Projector",
};

/** Commands by name; on phones it is the only way to most of them. */
const listed = [
  "new",
  "open-file",
  "download",
  "home",
  "run-all",
  "share",
  "contents",
  "kernels",
  "tuner",
  "device",
  "room",
  "palette",
  "shortcuts",
];
const apart = new Set(["run-all", "contents", "palette"]);

export function MainMenu(): ReactNode {
  const theme = useApp((state) => state.theme);
  const setTheme = useApp((state) => state.setTheme);
  useApp((state) => state.page);
  const mac = onMac();
  const chosen = listed.flatMap((id) =>
    commands.filter((command) => command.id === id && (command.ready?.() ?? true)),
  );
  const items: MenuItem[] = chosen.map(({ id, title, keys: [key], run }) => ({
    label: title,
    ...(key === undefined ? {} : { hint: keyLabel(key, mac) }),
    apart: apart.has(id),
    run,
  }));
  const looks = themes.map((name, index) => ({
    label: themeNames[name],
    checked: theme === name,
    apart: index === 0,
    run: () => setTheme(name),
  }));
  return <Menu label="Menu" icon={<Ellipsis size={18} />} items={[...items, ...looks]} />;
}
