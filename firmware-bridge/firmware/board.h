/* Pins of an Arduino Uno or Nano (ATmega328P at 16 MHz). The wiring guide is docs/hardware.md.
 *
 *   row address A0..A3    D2 D3 D4 D5     PD2 PD3 PD4 PD5   (relays: SER, SRCLK, RCLK of the 74HC595 chain on D2 D3 D4)
 *   row enable  E0..E3    D6 D7 D9 D10    PD6 PD7 PB1 PB2   (relays: /OE on D6)
 *   column address A0..A3 A0 A1 A2 D13    PC0 PC1 PC2 PB5
 *   column enable E0..E3  A3 A4 A5 D12    PC3 PC4 PC5 PB4
 *   trigger out           D11             PB3
 *   trigger in            D8              PB0 (ICP1: the edge is timed by hardware)
 *
 * Every enable has a resistor of its own towards "off", so that a board that is reset, unpowered or in its bootloader
 * selects nothing. D13 carries an address line because bootloaders blink it and a Nano loads it with an LED. */
#ifndef BOARD_H
#define BOARD_H

#include <avr/io.h>
#include <stdbool.h>
#include <stdint.h>

#define ROW_ADDRESS_D 0x3C
#define ROW_ENABLE_D 0xC0
#define ROW_ENABLE_B 0x06
#define COLUMN_ADDRESS_C 0x07
#define COLUMN_ADDRESS_B 0x20
#define COLUMN_ENABLE_C 0x38
#define COLUMN_ENABLE_B 0x10
#define TRIGGER_OUT_B 0x08
#define TRIGGER_IN_B 0x01

#define ENABLE_B (ROW_ENABLE_B | COLUMN_ENABLE_B)
#define ENABLE_C COLUMN_ENABLE_C
#define ENABLE_D ROW_ENABLE_D

#define RELAY_SER_D 0x04
#define RELAY_SRCLK_D 0x08
#define RELAY_RCLK_D 0x10
#define RELAY_OE_D 0x40

#endif
