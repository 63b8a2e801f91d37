//! ping, arping and nsenter.
