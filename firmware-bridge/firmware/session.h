/* What the host may do and what happens when it falls silent: session, arming, latch, and the commands. PROTOCOL.md is the contract. */
#ifndef SESSION_H
#define SESSION_H

#include <stdint.h>

/* @param reset_cause MCUSR as it was at the start */
void session_start(uint8_t reset_cause);

/* One turn of the main loop: bytes that came, the switching under way, the trigger pulse, messages about trips. */
void session_turn(void);

/* Whether something must happen sooner than the next interrupt. */
uint8_t session_is_busy(void);

#endif
