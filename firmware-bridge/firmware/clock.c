#include "clock.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "board.h"

static volatile uint32_t overflows;
static volatile uint16_t trigger_count;
static volatile uint64_t trigger_tick;

void clock_start(void)
{
  /* timer 1: free running at F_CPU / 8; input capture on rising edges, with its noise canceller */
  TCCR1A = 0;
  TCCR1B = _BV(ICNC1) | _BV(ICES1) | _BV(CS11);
  TIMSK1 = _BV(TOIE1) | _BV(ICIE1);
  /* timer 0: an interrupt every millisecond */
  OCR0A = (uint8_t)(F_CPU / 64 / 1000 - 1);
  TCCR0A = _BV(WGM01);
  TCCR0B = _BV(CS01) | _BV(CS00);
  TIMSK0 = _BV(OCIE0A);
}

/* An overflow that happened with interrupts off is not counted yet. */
static uint32_t overflows_at(uint16_t count)
{
  return overflows + ((TIFR1 & _BV(TOV1)) && count < 0x8000 ? 1 : 0);
}

uint64_t clock_ticks(void)
{
  uint64_t ticks = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    const uint16_t count = TCNT1;
    ticks = (uint64_t)overflows_at(count) << 16 | count;
  }
  return ticks;
}

uint32_t clock_ticks32(void)
{
  uint32_t ticks = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    const uint16_t count = TCNT1;
    ticks = overflows_at(count) << 16 | count;
  }
  return ticks;
}

uint16_t clock_triggers(uint64_t *last)
{
  uint16_t count = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    count = trigger_count;
    *last = trigger_tick;
  }
  return count;
}

ISR(TIMER1_OVF_vect)
{
  overflows++;
}

ISR(TIMER1_CAPT_vect)
{
  const uint16_t count = ICR1;
  trigger_tick = (uint64_t)overflows_at(count) << 16 | count;
  trigger_count++;
}

ISR(TIMER0_COMPA_vect)
{
  on_millisecond();
}
