/**
 * Bytes of one recorded sample: 4 step + 2 column + 8 time + 8 voltage + 8 current + 1 overload. The messages around
 * them add less than 0.1 % at full batches (a test measures it). For the dry run's file size.
 */
export const BYTES_PER_SAMPLE = 31;
