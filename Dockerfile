# An image of nothing but netmite. Build the file first: cargo xtask dist
FROM scratch
COPY target/dist/netmite /bin/netmite
RUN ["/bin/netmite", "install", "--all", "/bin"]
ENV PATH=/bin
CMD ["/bin/ip", "address"]
