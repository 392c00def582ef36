#include "CLI/CLI.hpp"
#include "unit_headers.h"
