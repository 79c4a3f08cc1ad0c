/** Files of users that are read whole: experiments, requests. */
export const LARGEST_FILE_BYTES = 16 * 1024 * 1024;
