import { Component, type ReactNode } from "react";

interface Props {
  readonly what: string;
  readonly children: ReactNode;
}

/** Keeps a fault in one part from taking the page down: shows what went wrong in its place. */
export class Guard extends Component<Props, { readonly message: string | undefined }> {
  override state: { readonly message: string | undefined } = { message: undefined };

  static getDerivedStateFromError(error: unknown): { readonly message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.message === undefined) return this.props.children;
    return (
      <p className="notice" role="alert">
        Cannot show {this.props.what}: {this.state.message}{" "}
        <button type="button" className="link" onClick={() => this.setState({ message: undefined })}>
          Try again
        </button>
      </p>
    );
  }
}
