/** `npm run soak` runs the long forms. */
export const SOAK = process.env.CROSSPORE_SOAK === "1";

/** `CROSSPORE_SOAK_HOUR=1 npm run soak` records for an hour: 11 GB in the folder for temporary files. */
export const HOUR = SOAK && process.env.CROSSPORE_SOAK_HOUR === "1";

/** The long figure in a soak, the short one otherwise. */
export function soakOr<T>(long: T, short: T): T {
  return SOAK ? long : short;
}
