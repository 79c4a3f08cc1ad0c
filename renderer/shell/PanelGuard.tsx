import { Component, type ErrorInfo, type ReactNode } from "react";
import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";

/** One panel that fails must not take the window, and the stop, with it. */
export class PanelGuard extends Component<{ title: string; children: ReactNode }, { failure?: Error }> {
  override state: { failure?: Error } = {};

  static getDerivedStateFromError(failure: Error): { failure: Error } {
    return { failure };
  }

  override componentDidCatch(failure: Error, info: ErrorInfo): void {
    console.error(`panel ${this.props.title}:`, failure, info.componentStack);
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (!failure) return this.props.children;
    return (
      <Notice
        title={`${this.props.title} stopped working: ${failure.message}`}
        remedy="The run, the recorder and the other panels go on. Start the panel again; if it fails again, please report the message."
        actions={<Button onPress={() => this.setState({ failure: undefined } as never)}>Start it again</Button>}
      />
    );
  }
}
