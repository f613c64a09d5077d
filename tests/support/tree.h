/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of folders for tests that change one thing in a copy. Failures end the test. */
#ifndef TESTS_SUPPORT_TREE_H
#define TESTS_SUPPORT_TREE_H

void tree_copy_file(const char *from, const char *to);
/* Folders and files, made as needed. */
void tree_copy(const char *from, const char *to);

#endif
