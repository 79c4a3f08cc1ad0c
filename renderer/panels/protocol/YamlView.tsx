import { setDiagnostics } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Diagnostic } from "../../../core/labMessages/index.ts";
import { attachView, editorState, takeTransaction, useDocument } from "./document.ts";

/** The text itself. The editor makes its own style sheets, which the page's policy allows inside a shadow root only. */
export function YamlView() {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const view = new EditorView({
      state: editorState(),
      parent: root,
      root,
      dispatchTransactions: (transactions, into) => {
        into.update(transactions);
        for (const transaction of transactions) takeTransaction(transaction);
      },
    });
    attachView(view);
    const show = (diagnostics: readonly Diagnostic[]) =>
      view.dispatch(
        setDiagnostics(
          view.state,
          diagnostics.map((found) => ({ ...place(view, found), severity: found.severity, message: found.message })),
        ),
      );
    show(useDocument.getState().diagnostics);
    const stop = useDocument.subscribe((now, before) => {
      if (now.diagnostics !== before.diagnostics) show(now.diagnostics);
    });
    return () => {
      stop();
      attachView(undefined);
      view.destroy();
    };
  }, []);
  return (
    <div
      className="yaml"
      ref={host}
      data-focus
      tabIndex={-1}
      onFocus={(event) => {
        if (event.target === event.currentTarget) EditorView.findFromDOM(editorElement(host.current))?.focus();
      }}
    />
  );
}

function editorElement(host: HTMLElement | null): HTMLElement {
  return host?.shadowRoot?.querySelector<HTMLElement>(".cm-editor") ?? document.body;
}

/** From line and column to a range that can be underlined: the word there, or the rest of the line. */
function place(view: EditorView, { line, column }: Diagnostic): { from: number; to: number } {
  const { doc } = view.state;
  if (line < 1) return { from: 0, to: 0 };
  const at = doc.line(Math.min(line, doc.lines));
  const from = Math.min(at.to, at.from + Math.max(0, column - 1));
  const word = /^[^\s,:{}[\]#]+/u.exec(at.text.slice(from - at.from))?.[0].length ?? 0;
  return { from, to: Math.min(at.to, from + Math.max(1, word)) };
}
