/* SPDX-License-Identifier: MIT
 * Shared code of the misbehaving program's modes.
 */
#ifndef RUN_MISBEHAVES_H
#define RUN_MISBEHAVES_H

/* Attaches and makes three cycles; 0, or the exit status that says what failed. */
int work(void);
/* Three cycles more. */
int more_work(void);

/* Modes that end badly (run_misbehaves_ends.c). */
int crash(void);
int crash_in_handler(void);
int crash_in_thread(void);
int die_by_abort(void);
int abort_but_not_again(void);
int hang(void);
int hang_in_threads(void);
int hang_on_lost_mutex(void);
int stop_itself(void);

/* Modes that write where the harness writes (run_misbehaves_files.c). */
int own_files(void);
int cut_session(void);
int replace_session(void);
int replace_session_by_fifo(void);
int replace_outputs(void);

#endif
