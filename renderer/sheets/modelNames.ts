import { MODELS } from "../../core/crossbar/models/registry.ts";

/** Loaded when somebody opens an emulated array: the models' numerics are no part of the first page. */
export function modelNames(): readonly string[] {
  return MODELS.map(({ name }) => name);
}
