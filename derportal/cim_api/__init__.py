"""Messages into the portal: IEC 61968-100 over plain HTTP and over SOAP (M1, M2)."""
