/** A command that has passed the limiter: drivers take no other. Only the limiter makes one. */
export type { Admitted } from "../limiter/limiter.ts";
