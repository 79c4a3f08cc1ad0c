declare const admitted: unique symbol;

/** A command that has passed the limiter: drivers take no other. Only the limiter makes one. */
export type Admitted<Command> = Command & { readonly [admitted]: true };
