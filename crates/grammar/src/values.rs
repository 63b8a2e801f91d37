//! Values that options of many tables take: the next word, read, with what is said of one that will not do.

use crate::error::{Error, Result};
use crate::names::Database;
use crate::number;
use crate::session::Context;
use crate::walk::Scope;
use crate::words::Words;
use netmite_netlink::attributes::Slots;
use netmite_output::{Colour, Value};
use std::net::IpAddr;

impl Words<'_> {
    /// The value of an option, a number no greater than `most`; `bad` is said of another.
    ///
    /// # Errors
    /// No word, or another.
    pub fn number(&mut self, most: u64, bad: &str) -> Result<u64> {
        let word = self.value()?;
        number::up_to(word, most).ok_or_else(|| Error::wrong(word, bad))
    }

    /// The same of 32 bits.
    ///
    /// # Errors
    /// As [`Words::number`].
    pub fn u32(&mut self, bad: &str) -> Result<u32> {
        self.number(u32::MAX.into(), bad).map(|number| number as u32)
    }

    /// The same of 16 bits.
    ///
    /// # Errors
    /// As [`Words::number`].
    pub fn u16(&mut self, bad: &str) -> Result<u16> {
        self.number(u16::MAX.into(), bad).map(|number| number as u16)
    }

    /// The same of 8 bits.
    ///
    /// # Errors
    /// As [`Words::number`].
    pub fn u8(&mut self, bad: &str) -> Result<u8> {
        self.number(u8::MAX.into(), bad).map(|number| number as u8)
    }
}

impl Context<'_> {
    /// The number that `word` names in `database`, or else is.
    pub fn number_of(&mut self, database: Database, word: &[u8]) -> Option<u32> {
        self.databases.number(database, word).or_else(|| number::u32(word))
    }

    /// The same of the next of `words`, no greater than `most`; `bad` is said of another.
    ///
    /// # Errors
    /// No word, or another.
    pub fn named(&mut self, database: Database, words: &mut Words, most: u32, bad: &str) -> Result<u32> {
        let word = words.value()?;
        let number = self.number_of(database, word).filter(|number| *number <= most);
        number.ok_or_else(|| Error::wrong(word, bad))
    }

    /// The same of a byte that objects are selected by; of `all`, nothing.
    ///
    /// # Errors
    /// As [`Context::named`].
    pub fn named_or_all(&mut self, database: Database, words: &mut Words, bad: &str) -> Result<Option<u8>> {
        match self.named(database, words, u8::MAX.into(), bad) {
            Ok(number) => Ok(Some(number as u8)),
            Err(_) if words.last() == b"all" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A type of service by its name, or in hexadecimal, with or without `0x`.
    pub fn type_of_service(&mut self, word: &[u8]) -> Option<u8> {
        let named = self.databases.number(Database::DsFields, word).and_then(|tos| u8::try_from(tos).ok());
        named.or_else(|| number::hex(word).and_then(|tos| u8::try_from(tos).ok()))
    }

    /// The same of the next of `words`.
    ///
    /// # Errors
    /// No word, or another.
    pub fn named_tos(&mut self, words: &mut Words) -> Result<u8> {
        let word = words.value()?;
        self.type_of_service(word).ok_or_else(|| Error::wrong(word, "TOS value is invalid\n"))
    }

    /// The IP protocol that the next of `words` names, or is the number of.
    ///
    /// # Errors
    /// No word, or another.
    pub fn ip_protocol(&mut self, words: &mut Words) -> Result<u8> {
        let word = words.value()?;
        self.databases.ip_protocol(word).ok_or_else(|| Error::wrong(word, "Invalid \"ipproto\" value\n"))
    }

    /// Writes the address of a host, in its colour: by name, if that is asked for and /etc/hosts has one. In text it stands
    /// between `before` and `after`.
    pub fn put_host(&mut self, address: IpAddr, key: &str, before: &str, after: &str) {
        if !self.options.resolve {
            return self.out.put_over(Colour::of(address), key, before, address, after);
        }
        let host = self.host(address);
        self.out.put_over(Colour::of(address), key, before, &host, after);
    }

    /// Writes the name of the interface `index`, in its colour; in text between `before` and `after`.
    pub fn put_device(&mut self, index: u32, key: &str, before: &str, after: &str) {
        let name = self.name_of(index);
        self.out.put_over(Colour::IfName, key, before, &name, after);
    }

    /// Writes a number that has an attribute, if it was sent, behind the word for it.
    pub fn put_number(&mut self, word: &str, kind: u16, slots: &Slots) {
        if slots.has(kind) {
            slots.unsigned(kind).into_iter().for_each(|number| self.out.field(word, word, number));
        }
    }

    /// Writes a number by its name in `database`, or as `plain` where it has none or numbers are asked for; in text between
    /// `before` and `after`.
    pub fn put_named(&mut self, database: Database, number: u32, plain: Value, key: &str, before: &str, after: &str) {
        let name = match self.options.numeric {
            true => None,
            false => self.databases.name(database, number),
        };
        self.out.put(key, before, name.map_or(plain, Value::Str), after);
    }
}

impl Scope<'_, '_, '_> {
    /// Sets attribute `kind` to the number of 32 bits that the next word is; `bad` is said of another.
    ///
    /// # Errors
    /// No word, or another.
    pub fn set_u32(&mut self, kind: u16, bad: &str) -> Result<()> {
        let number = self.words.u32(bad)?;
        self.set(kind, number);
        Ok(())
    }

    /// The number that the next word names in `database`, or is; as [`Context::named`].
    ///
    /// # Errors
    /// No word, or another.
    pub fn named(&mut self, database: Database, most: u32, bad: &str) -> Result<u32> {
        self.context.named(database, self.words, most, bad)
    }
}
