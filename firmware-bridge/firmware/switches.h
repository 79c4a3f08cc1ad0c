/* The switches of rows and columns. One function closes, one opens; nothing else touches an enable. */
#ifndef SWITCHES_H
#define SWITCHES_H

#include <stdbool.h>
#include <stdint.h>

enum wiring
{
  WIRING_MUX_ACTIVE_LOW = 0,  /* CD74HC4067, ADG706 with inverted enable: off = high */
  WIRING_MUX_ACTIVE_HIGH = 1, /* ADG1408: off = low */
  WIRING_RELAYS = 2           /* 74HC595 chain, one output per line, /OE common */
};

/* Geometry and limits as the host set them; frozen while armed. */
struct setup
{
  uint8_t wiring;
  uint8_t rows;
  uint8_t columns;
  uint8_t channels;        /* of one multiplexer: 8 or 16; relays: 8 */
  uint8_t flags;           /* told back to the host, not used here */
  uint16_t deadman_ms;
  uint32_t dead_us;        /* between opening one junction and closing the next */
  uint32_t settle_us;      /* between closing and the answer */
  uint32_t longest_ms;     /* a junction that is closed for longer trips the board; 0 = no limit */
};

#define LARGEST_LINES 32

/* Pins as after reset: enables not driven. Call once, interrupts off. */
void switches_start(void);

/* Takes a geometry, drives every enable to off. False (and nothing changed) for one that the pins cannot address. */
bool switches_set_up(const struct setup *setup);
const struct setup *switches_setup(void);

/* Opens every switch at once. Callable anywhere. */
void switches_open(void);

/* Writes the address lines (or the relays' shift register) of a junction, while every enable is off.
 * False, and nothing written, when it is outside the grid, something is closed or the dead time is not over. */
bool switches_address(uint8_t row, uint8_t column);

/* Closes the junction that was addressed. THE ONE-HOT INVARIANT LIVES HERE: this is the only code that turns an enable
 * on; it turns on exactly one of the rows and one of the columns, and only when all were off for the dead time.
 * False, and nothing closed, otherwise. `permit` is read with interrupts off, in the same breath. */
bool switches_close(uint8_t row, uint8_t column, const volatile bool *permit);

bool switches_are_open(void);

/* Whether so much time has passed since they were opened. */
bool switches_dead_time_over(void);

#endif
