/* The board's clock: 2 MHz, 48 bits, from power-on or reset; and a millisecond counter for what need not be exact. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define TICKS_PER_US 2u
#define TICKS_PER_MS 2000u

void clock_start(void);

/* Ticks of 0.5 us. Callable anywhere. */
uint64_t clock_ticks(void);

/* The low half, cheap: for intervals below 35 minutes. Callable anywhere. */
uint32_t clock_ticks32(void);

/* Edges on the trigger input: how many, and when the last came. */
uint16_t clock_triggers(uint64_t *last);

/* Called once a millisecond in the timer interrupt, interrupts off; see session.c. */
void on_millisecond(void);

#endif
