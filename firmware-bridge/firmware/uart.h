/* Bytes to and from the host: 115200 baud, 8N1, interrupt driven. */
#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stdint.h>

/* Never part of a frame (frame.h escapes it): whatever the line is busy with, it opens every switch in the interrupt. */
#define EMERGENCY_BYTE 0x18

void uart_start(void);

/* The next byte that came; false when there is none. */
bool uart_take(uint8_t *byte);

/* Whether nothing waits to be taken. */
bool uart_is_quiet(void);

/* Room for so many bytes to send; what does not fit must not be begun. */
uint8_t uart_room(void);
void uart_send(uint8_t byte);

/* Bytes that were lost to noise or haste since the last call. */
uint8_t uart_take_errors(void);

/* Called in the receive interrupt; see session.c. */
void on_emergency_byte(void);

#endif
