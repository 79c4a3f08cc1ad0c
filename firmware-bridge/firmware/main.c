/* Selector board: connects one row and one column of an array, and lets go of both when its host dies. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "clock.h"
#include "session.h"
#include "switches.h"
#include "uart.h"

static uint8_t reset_cause __attribute__((section(".noinit")));

/* The watchdog stays on through the reset that it makes. */
void stop_watchdog(void) __attribute__((naked, used, section(".init3")));
void stop_watchdog(void)
{
  reset_cause = MCUSR;
  MCUSR = 0;
  wdt_disable();
}

int main(void)
{
  switches_start();
  session_start(reset_cause);
  clock_start();
  uart_start();
  wdt_enable(WDTO_250MS);
  sei();
  for (;;)
  {
    /* only here: whatever hangs, resets, and a reset lets every enable go */
    wdt_reset();
    session_turn();
    cli();
    if (!session_is_busy() && uart_is_quiet())
    {
      SMCR = _BV(SE); /* idle: timers and UART go on */
      sei();
      sleep_cpu();
      SMCR = 0;
    }
    sei();
  }
}
