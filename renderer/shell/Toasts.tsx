import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { plainText } from "../components/quantity.ts";
import { unsay, useUi } from "../store/ui.ts";

export function Toasts() {
  const said = useUi((state) => state.said);
  return (
    <div className="toasts">
      {said.map(({ id, kind, text, remedy }) => (
        <Notice
          key={id}
          kind={kind}
          title={plainText(text, 600)}
          remedy={plainText(remedy, 600)}
          actions={
            <Button look="quiet" label="dismiss" onPress={() => unsay(id)}>
              ×
            </Button>
          }
        />
      ))}
    </div>
  );
}
